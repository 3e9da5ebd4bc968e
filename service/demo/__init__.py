"""The demo: real people's hours become cover under three contracts, entirely through the service's HTTP API."""
