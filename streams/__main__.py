"""`python -m streams` is `kabar`."""

from streams.cli import main

if __name__ == "__main__":
    main()
