# make demo    build, then pretrain on the sample clips and print the held-out metrics
# make test    all tests, in release mode
# make build   the release build alone
# make bench   timed kernels and whole steps as JSON lines; with PEERS=folder of the PyTorch programs also
#              ours and theirs in turn, and the ratios
# make clips   render the sample clips again
# make format  format the sources; make lint only checks them

PALINDROME = .build/release/palindrome
DEMO = runs/demo
PYTHON = python3

.PHONY: build demo test bench clips format lint setup

build: setup
	swift build -c release

demo: build
	rm -rf $(DEMO)
	$(PALINDROME) pretrain clips --out $(DEMO) --preset tiny --minutes 4

test: setup
	swift test -c release

bench: build
	$(PALINDROME) bench
	$(if $(PEERS),$(PYTHON) Scripts/compare.py $(PALINDROME) $(PEERS))

clips: build
	$(PALINDROME) render --out clips

format:
	swift format --in-place --parallel --recursive Package.swift Sources Tests

lint:
	swift format lint --strict --parallel --recursive Package.swift Sources Tests

setup:
	@sh Scripts/setup.sh
