//! The doorbell: everything is in the library.

fn main() -> std::process::ExitCode {
    go_offline::cli::main()
}
