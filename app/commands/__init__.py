"""One module a subcommand: `add_parser(subparsers, help)` declares it, `run(args)` gives the exit status."""
