"""The command line. One file per group of commands; only this package prints or exits."""


def main() -> None:
    """Run `radio-archive`. Our own errors become one line on stderr and exit code 1."""
    from radio_archive.cli.app import run

    run()
