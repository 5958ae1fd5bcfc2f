"""`python -m biodatamine_core` is the `biodatamine` command."""

from biodatamine_core.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
