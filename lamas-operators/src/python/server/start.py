# The last part: everything above is defined, now serve.

# What programs usually import and what is cheap to load. Children find it loaded.
COMMON = (
    "bisect cmath collections copy datetime decimal fractions functools heapq itertools math operator random re "
    "statistics string typing"
)


def main():
    settings = json.loads(sys.argv[1])
    # The first entry would be the working folder.
    sys.path[:] = [*filter(None, sys.path), *settings["packages"]]
    sys.argv[:] = ["program"]
    for name in COMMON.split():
        __import__(name)
    # Results may have more digits than the interpreter likes to convert; the clock is the limit here.
    getattr(sys, "set_int_max_str_digits", int)(0)
    Server(settings).run()


main()
