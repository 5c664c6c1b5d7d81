def retry(call, times=3, pause=1.0):
    """Gives what `call` gives, calling it again after an OSError, up to `times` in all.

    The pauses between are `pause` seconds and twice as long each time. Errors: the OSError of the last call.
    """
    for attempt in range(times):
        try:
            return call()
        except OSError:
            if attempt + 1 == times:
                raise
            time.sleep(pause * 2**attempt)
