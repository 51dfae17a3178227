"""Several processes, on one machine or many, that compute together."""

import jax

from nnbook.errors import require_sizes


def initialize(address: str, *, processes: int, process: int, timeout: int = 60) -> None:
    """Join the other processes of one computation, after which `jax.devices()` lists the devices of all of them.

    Every process calls it with the same address, host:port of process 0, and its own number from 0, before anything
    else uses JAX; it waits for the others, `timeout` seconds at most. Processors exchange numbers by Gloo.
    Raises ValueError for an address or number that makes no sense, RuntimeError if JAX has started already, if this
    process has joined already, or if the others do not come.

    >>> initialize("10.0.0.1:1234", processes=2, process=2)
    Traceback (most recent call last):
        ...
    ValueError: initialize: got process=2 of 2; wants a number from 0 to 1
    """
    require_sizes("initialize", processes=processes, timeout=timeout)
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(f"initialize: got address={address!r}; wants host:port of process 0, such as 10.0.0.1:1234")
    if not 0 <= process < processes:
        raise ValueError(f"initialize: got process={process} of {processes}; wants a number from 0 to {processes - 1}")
    if jax.distributed.is_initialized():
        raise RuntimeError(
            "initialize: this process has joined already; wants one call. Hint: jax.distributed.shutdown"
        )
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    try:
        jax.distributed.initialize(address, processes, process, initialization_timeout=timeout)
    except RuntimeError as error:
        raise RuntimeError(
            f"initialize: process {process} of {processes} could not join at {address} within {timeout} s. "
            "Hint: call it before anything else uses JAX; start all processes; is the port free and open?"
        ) from error
