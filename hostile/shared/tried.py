"""Attempts that say what came of them, so that a case cannot pass without having tried."""
import errno


def tried(name, attempt):
    """Prints "name: EPERM", or "name: done" where it was not refused."""
    try:
        attempt()
        result = "done"
    except OSError as error:
        result = errno.errorcode.get(error.errno, repr(error))
    print(f"{name}: {result}", flush=True)
