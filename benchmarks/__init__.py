"""What measures Commonbook beside its peers. `make bench` prints one JSON object a benchmark."""
