import json
import resource
import statistics
import time


def timed(function):
    """Milliseconds that `function` takes."""
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1e3


def median(numbers):
    return statistics.median_high(numbers)


def max_rss():
    """The process's largest resident memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(result):
    print(json.dumps(result))
