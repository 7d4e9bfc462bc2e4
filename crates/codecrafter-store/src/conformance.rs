//! What every adapter of the Store must do. `store_conformance!(async { (adapter, guard) })` expands to one
//! named test per case; the guard (a folder, a database) is dropped after the case.

pub mod fixtures;
pub mod logins;
pub mod users;

/// Runs every case against the empty adapter that the expression makes, as tests of the calling module.
#[macro_export]
macro_rules! store_conformance {
    ($make:expr) => {
        $crate::store_conformance! { @groups $make;
            users {
                an_account_is_found_by_id_name_and_address
                unknown_accounts_are_not_found
                a_taken_name_is_a_conflict
                a_taken_address_is_a_conflict
                a_taken_id_is_a_conflict
                of_concurrent_registrations_one_wins
                a_patch_changes_only_what_it_holds
                an_empty_account_patch_changes_nothing
                patching_an_unknown_account_is_not_found
                concurrent_patches_do_not_undo_each_other
                any_script_survives
                sql_in_text_is_text
                nul_in_an_account_is_invalid
            }
            logins {
                a_login_is_live_until_it_expires
                an_unknown_login_is_not_live
                a_login_of_an_unknown_account_is_not_found
                a_token_is_stored_once
                tokens_rotate_one_after_the_other
                a_reused_token_ends_the_login
                of_two_concurrent_rotations_one_is_a_reuse
                an_unknown_token_does_not_rotate
                an_expired_token_does_not_rotate
                rotating_extends_the_login
                a_long_chain_still_detects_reuse
                a_login_ends_by_any_of_its_tokens
                ending_an_unknown_token_ends_nothing
                logins_end_apart
                all_logins_of_one_account_end
            }
        }
    };
    (@groups $make:expr; $($group:ident { $($case:ident)* })*) => {
        mod conformance {
            use super::*;
            $(
                mod $group {
                    use super::*;
                    $(
                        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                        async fn $case() {
                            let (adapter, _guard) = $make.await;
                            $crate::conformance::$group::$case(adapter).await;
                        }
                    )*
                }
            )*
        }
    };
}
