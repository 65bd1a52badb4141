# make demo    build, then pretrain on the sample clips and print the held-out metrics
# make test    all tests, in release mode
# make build   the release build alone
# make bench   timed kernels and whole steps as JSON lines; with PEERS=folder of the PyTorch programs also
#              ours and theirs in turn, and the ratios
# make clips   render the sample clips again
# make fuzz    fuzz our own parsers for FUZZ_SECONDS each (20); FUZZ=NAME for one of them
# make sanitize  the tests with the address sanitizer, and those of what runs on threads with the thread sanitizer
# make format  format the sources; make lint only checks them

PALINDROME = .build/release/palindrome
DEMO = runs/demo
PYTHON = python3

FUZZ_SECONDS = 20

.PHONY: build demo test bench clips fuzz sanitize format lint setup

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

# The linker warns of every symbol of the address sanitizer.
fuzz: setup
	@mkdir -p .build
	PALINDROME_FUZZ_BUILD=1 swift build -c release --scratch-path .build/fuzz --product fuzz \
	  --sanitize fuzzer --sanitize address -Xswiftc -enable-testing > .build/fuzz.log 2>&1 \
	  || { grep -v 'Cannot export local symbol' .build/fuzz.log; exit 1; }
	Scripts/fuzz.sh $(FUZZ_SECONDS) $(FUZZ)

sanitize: setup
	Scripts/sanitize.sh address
	Scripts/sanitize.sh thread --filter '^(TensorCore|Storage|ClipData|Neighbours|Media|Training|Evaluation)Tests\.|IsolationTests'

format:
	swift format --in-place --parallel --recursive Package.swift Sources Tests Fuzz

lint:
	swift format lint --strict --parallel --recursive Package.swift Sources Tests Fuzz

setup:
	@sh Scripts/setup.sh
