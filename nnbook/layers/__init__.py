"""The layers: each a record of arrays with `init` and `apply`, written for one example and mapped over a batch."""
