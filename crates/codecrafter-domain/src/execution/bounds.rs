//! Bounds of a request, and of what is kept of its result.

/// Source files in one request.
pub const FILES: usize = 20;
/// All sources together, in bytes.
pub const SOURCE_BYTES: usize = 1024 * 1024;
/// Standard input, in bytes.
pub const STDIN_BYTES: usize = 1024 * 1024;
/// Arguments.
pub const ARGS: usize = 64;
/// One argument or environment value, in bytes.
pub const ARG_BYTES: usize = 4096;
/// Environment variables.
pub const ENV: usize = 64;
/// Options of the compiler.
pub const COMPILE_OPTIONS: usize = 32;
/// One option of the compiler, in bytes.
pub const COMPILE_OPTION_BYTES: usize = 64;
/// Tests in one request.
pub const TESTS: usize = 100;
/// Standard inputs and expected outputs of all tests together, in bytes.
pub const TESTS_BYTES: usize = 4 * 1024 * 1024;
/// Kept of each output stream of a test, in bytes: 100 tests then come to some 3 MiB. The checker sees all of it.
pub const TEST_OUTPUT_KEPT: usize = 16 * 1024;
/// All tests together, in ms on the clock; those not begun by then are skipped.
pub const TESTS_WALL_MS: u64 = 300_000;
/// Files given back.
pub const OUTPUT_FILES: usize = 20;
/// One file given back, in bytes.
pub const OUTPUT_FILE_BYTES: usize = 1024 * 1024;
/// All files given back together, in bytes.
pub const OUTPUT_FILES_BYTES: usize = 4 * 1024 * 1024;
/// A callback's address, in bytes.
pub const CALLBACK_URL_BYTES: usize = 2048;
