# All checks, as CI runs them.
check:
    .ci/run

# The README's test command.
test:
    cargo test --workspace

# The main job.
sweep *ARGS:
    cargo run -p lamas-bench -- sweep {{ARGS}}

# Benchmarks of the sandbox and the controller.
bench:
    cargo bench -p lamas-operators -p lamas-controller

# Licences and advisories of all dependencies (needs cargo-deny).
deny:
    cargo deny check
