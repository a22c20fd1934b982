"""What assistants are told of an archive: what their tools do, and a server of them."""
