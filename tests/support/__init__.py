"""What tests share: programs that are run, archives that are made, files that are odd."""
