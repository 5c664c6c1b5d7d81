def retry(call, times=3, pause=1.0):
    for attempt in range(times):
        try:
            return call()
        except OSError:
            if attempt + 1 == times:
                raise
            time.sleep(pause * 2**attempt)
