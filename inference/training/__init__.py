"""Training the network, judging it, and putting it into a file that ships. Needs the extra `training`."""
