"""The models: layers put together, each with `init` and `apply`."""
