"""Where there is no PyTorch nothing here can be imported: `nox -s parity_torch` names these files one by one."""

collect_ignore_glob = ["*.py"]
