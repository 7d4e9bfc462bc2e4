// shows = "a crate that is code for the compiler is no program, and is not loaded"
// outcome = ["compile_error", "runtime_error", "signalled"]
#![crate_type = "proc-macro"]
extern crate proc_macro;
#[proc_macro]
pub fn run(_: proc_macro::TokenStream) -> proc_macro::TokenStream { panic!("in the compiler") }
