# All checks, as CI runs them.
check:
    .ci/run

# The README's test command.
test:
    cargo test --workspace

# The main job.
sweep *ARGS:
    cargo run -p lamas-bench -- sweep {{ARGS}}

# How fast everything is, end to end, against its targets (docs/measured/performance.md).
performance *ARGS:
    cargo run --release -p lamas-lab -- bench {{ARGS}}

# Benchmarks of the parts: executor, sandbox, controller, encoders, calls in flight, bootstrap.
bench:
    cargo bench -p lamas-core -p lamas-operators -p lamas-controller -p lamas-sim -p lamas-lab

# Instructions of what is done over and over, where clocks are too noisy (needs valgrind).
instructions:
    scripts/instructions.sh

# Licences and advisories of all dependencies (needs cargo-deny).
deny:
    cargo deny check

# Every fault that was shown and mended, with a count.
cases:
    scripts/cases.sh
