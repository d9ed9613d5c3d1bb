//! The program `frond`.

fn main() -> std::process::ExitCode {
    frond_cli::main()
}
