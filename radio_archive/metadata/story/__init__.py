"""The story that a newsroom published with a clip."""
