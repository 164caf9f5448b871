"""What the pipeline costs against what it could cost: `make bench` prints ratios, writes build/bench.json."""
