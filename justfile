# All checks, as CI runs them.
check:
    .ci/run

# The README's test command.
test:
    cargo test --workspace

# The main job.
sweep *ARGS:
    cargo run -p lamas-bench -- sweep {{ARGS}}

# Benchmarks of the sandbox, the controller, and calls in flight.
bench:
    cargo bench -p lamas-operators -p lamas-controller -p lamas-llm

# Licences and advisories of all dependencies (needs cargo-deny).
deny:
    cargo deny check
