//! What every adapter of the Store must do. `store_conformance!(async { (adapter, guard) })` expands to one
//! named test per case; the guard (a folder, a database) is dropped after the case.

pub mod accounts;
pub mod admin;
pub mod api_keys;
pub mod audit;
pub mod callbacks;
pub mod dead_letters;
pub mod documents;
pub mod door;
pub mod executions;
pub mod farewells;
pub mod fixtures;
pub mod idempotency;
pub mod identities;
pub mod invites;
pub mod life;
pub mod logins;
pub mod messages;
pub mod notes;
pub mod participants;
pub mod passkeys;
pub mod runs;
pub mod searches;
pub mod second_factors;
pub mod session_lists;
pub mod sessions;
pub mod snapshots;
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
                a_live_login_tells_its_user
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
                logins_are_listed_by_their_last_use
                a_login_ends_for_its_owner_only
                other_logins_end
                of_a_crowd_with_one_token_one_wins
            }
            accounts {
                a_new_password_ends_the_other_logins
                guests_have_no_account
                a_reset_link_is_used_once
                of_concurrent_resets_one_wins
                an_expired_link_is_no_link
                links_are_for_one_purpose
                a_new_password_forgets_reset_links
                only_the_latest_links_are_kept
                an_address_is_confirmed
                another_address_replaces_the_one_before
                a_pending_address_that_is_taken_is_a_conflict
                a_link_for_another_address_confirms_nothing
                preferences_come_back
                concurrent_preferences_do_not_undo_each_other
                names_that_look_alike_are_a_conflict
            }
            farewells {
                a_deleted_account_is_nobody
                a_deleted_accounts_name_is_free
                its_sessions_go_to_an_admin_or_are_deleted
                what_it_said_stays
                its_own_runs_are_forgotten
                of_concurrent_deletions_one_wins
            }
            identities {
                an_identity_signs_its_account_in
                an_identity_is_one_accounts
                an_account_has_one_identity_of_each_issuer
                of_concurrent_connections_one_wins
                of_concurrent_first_logins_one_makes_the_account
                only_a_confirmed_address_connects
                nobody_deactivated_is_connected
                the_last_way_in_stays
                a_reset_of_an_unconfirmed_account_leaves_no_other_way_in
                identities_are_nobodys_after_a_farewell
            }
            api_keys {
                a_key_comes_back_whole
                keys_are_listed_newest_first_and_apart
                a_key_is_held_until_it_expires
                a_deleted_key_is_held_by_nobody
                a_key_of_somebody_deactivated_is_held_by_nobody
                keys_are_bounded
                a_crowd_never_exceeds_the_bound_of_keys
                the_last_use_never_goes_back
                unusable_keys_are_refused
            }
            second_factors {
                nothing_is_asked_for_before_it_is_confirmed
                a_secret_in_force_is_not_replaced
                only_the_secret_that_was_checked_is_confirmed
                of_concurrent_confirmations_one_wins
                a_step_is_spent_once
                of_a_crowd_with_one_step_one_wins
                a_recovery_code_is_used_once
                of_a_crowd_with_one_recovery_code_one_wins
                recovery_codes_are_replaced
                removing_and_resetting_leave_nothing
                a_challenge_has_few_tries
                a_crowd_never_exceeds_the_tries
                a_challenge_expires
                of_concurrent_ends_one_wins
                only_the_latest_challenges_are_kept
                a_challenge_ends_with_all_logins
                who_cannot_sign_in_has_no_second_factor
            }
            passkeys {
                a_passkey_comes_back_whole
                a_credential_is_one_accounts
                a_crowd_never_exceeds_the_bound_of_passkeys
                recovery_codes_stay_with_the_last_factor
                a_passkey_is_changed_by_its_owner
                a_counter_never_goes_back
                of_a_crowd_with_one_count_one_wins
                a_reset_takes_passkeys_away
                a_reset_password_of_an_unconfirmed_account_forgets_passkeys
                a_ceremony_is_taken_once
                a_ceremony_expires
                only_the_latest_ceremonies_are_kept
                ceremonies_end_with_all_logins
                who_has_no_account_has_no_passkey
            }
            sessions {
                a_session_comes_back_whole
                a_fork_keeps_its_origin
                the_owner_takes_part
                an_unknown_owner_is_not_found
                a_taken_session_id_is_a_conflict
                nul_in_a_session_is_invalid
                a_session_patch_changes_only_what_it_holds
                an_empty_session_patch_changes_nothing
                concurrent_session_patches_do_not_undo_each_other
                a_deleted_session_is_not_found_anywhere
                an_unknown_session_is_not_found
            }
            session_lists {
                my_list_has_the_sessions_i_take_part_in
                the_public_list_has_public_sessions_only
                the_newest_change_comes_first
                pages_make_up_the_whole
                malformed_pages_are_invalid
                extreme_cursors_are_harmless
                a_search_finds_titles_and_descriptions
                a_search_follows_patches
                a_search_takes_wildcards_literally
                an_impossible_search_is_invalid
            }
            participants {
                a_stranger_has_no_role
                joining_gives_the_role
                joining_twice_changes_nothing
                an_unknown_account_does_not_join
                a_full_session_turns_people_away
                a_crowd_never_exceeds_the_capacity
                one_person_joins_once
                a_role_changes
                a_role_adds_a_participant_within_the_capacity
                roles_and_joins_share_the_capacity
                participants_are_listed_in_order_of_joining
                a_participant_leaves
            }
            invites {
                an_invite_comes_back_whole
                invites_are_listed_oldest_first
                an_unknown_invite_token_is_not_found
                an_invite_token_is_stored_once
                joining_counts_a_use
                an_invite_is_not_used_by_those_who_are_in
                an_invite_is_not_used_by_those_turned_away
                an_expired_invite_is_spent
                a_used_up_invite_is_spent
                a_crowd_never_overuses_an_invite
                an_invite_opens_its_own_session_only
                a_deleted_invite_is_spent
            }
            door {
                who_joins_a_waiting_room_waits
                asking_again_counts_once
                who_waits_is_admitted_within_the_capacity
                who_is_turned_away_may_ask_again
                a_closed_waiting_room_lets_in_whom_it_counted
                a_role_ends_the_waiting
                the_banned_stay_out
                a_ban_is_lifted
                a_ban_takes_the_invite_back
                the_owner_is_not_banned
                a_guest_joins_one_session_only
                a_guest_who_does_not_get_in_is_not_kept
                a_guest_is_no_account
                of_concurrent_admissions_one_fits
                a_deleted_session_has_no_door
            }
            life {
                ownership_is_handed_over
                ownership_goes_to_participants_who_can_sign_in
                of_concurrent_handovers_one_wins
                a_deleted_session_is_restored_by_its_owner
                a_deletion_is_not_restored_too_late
                deleted_sessions_are_listed_for_their_owner
                a_purge_leaves_nothing
                a_purge_spares_the_rest
                a_deactivated_account_has_no_login
                an_activated_account_signs_in_again
            }
            audit {
                entries_come_back_whole
                an_entry_needs_no_account
                an_entry_never_changes
                audit_filters_narrow
                audit_pages_make_up_the_whole
                old_entries_are_purged
            }
            admin {
                accounts_are_found
                guests_are_not_administered
                one_administrator_stays
                of_concurrent_resignations_one_fails
                all_sessions_are_listed
                all_executions_are_listed
                the_dead_are_forgotten
                a_quota_is_set
                usage_counts_what_is_there
                nodes_come_and_go
            }
            searches {
                a_search_finds_owners
                a_filter_lets_one_language_through
                the_newest_session_comes_first
            }
            executions {
                a_new_execution_is_queued
                a_request_survives_whole
                a_large_request_survives
                unknown_executions_are_not_found
                an_execution_of_nobody_or_nowhere_is_not_found
                a_taken_execution_id_is_a_conflict
                a_claim_excludes_others
                of_concurrent_claims_one_wins
                a_lease_that_ran_out_is_taken_over
                a_lease_is_renewed_by_its_holder
                a_status_moves_on
                a_result_survives_whole
                a_large_result_survives
                the_exit_code_is_of_the_stage_that_counts
                nul_in_a_message_does_not_lose_the_result
                a_finished_execution_never_changes
                of_concurrent_results_one_is_kept
                a_queued_execution_is_cancelled
                a_claimed_execution_is_not_cancelled_behind_the_worker
                of_cancel_and_claim_one_wins
                an_execution_shows_its_author
            }
            runs {
                a_claim_says_what_there_is_to_do
                a_worker_may_have_it_from_the_beginning
                a_finished_execution_is_its_head_and_its_result
                a_session_lists_its_executions
                an_account_lists_its_executions
                lists_show_outcomes
                execution_pages_make_up_the_whole
                the_longest_waiting_is_known
                orphans_are_found
                orphans_keep_their_priority
                unfinished_executions_are_counted
                unfinished_executions_are_bounded_even_side_by_side
            }
            idempotency {
                a_repeated_request_is_the_same_execution
                another_request_under_the_same_key_is_a_conflict
                keys_are_each_users_own
                an_old_key_is_free_again
                a_repetition_is_answered_though_no_more_may_run
                a_refused_request_leaves_its_key_free
                of_concurrent_repetitions_one_is_queued
            }
            dead_letters {
                the_dead_are_listed_latest_first
                dead_pages_make_up_the_whole
                burying_is_finishing
                a_requeued_execution_is_as_new
                only_the_dead_are_requeued
                of_concurrent_requeues_one_wins
            }
            callbacks {
                a_callback_is_due_once_the_execution_has_finished
                every_way_to_finish_makes_it_due
                a_claimed_callback_comes_again_unless_it_is_ended
                callbacks_are_claimed_longest_due_first
                of_concurrent_claims_each_callback_goes_to_one
                a_requeued_execution_calls_back_again
            }
            documents {
                a_new_document_is_empty
                updates_are_loaded_in_order
                the_log_keeps_author_and_time
                any_bytes_survive
                a_large_batch_is_appended_whole
                an_empty_batch_is_nothing
                documents_are_apart
                concurrent_appends_are_all_kept
                concurrent_appends_to_many_documents
                a_compaction_replaces_the_base
                a_compaction_marks_exactly_what_it_names
                a_stale_compaction_is_a_conflict
                a_compaction_of_unknown_updates_is_invalid
                of_concurrent_compactions_one_wins
                loading_sees_one_moment
                the_log_outlives_compaction
                edits_change_the_session
                a_log_that_was_not_purged_begins_at_the_beginning
                a_purge_removes_exactly_what_is_folded
                a_purged_document_goes_on
            }
            snapshots {
                a_snapshot_comes_back_whole
                nothing_is_a_snapshot_too
                snapshots_are_listed_newest_first
                snapshots_are_apart
                an_automatic_snapshot_of_nothing_new_is_not_added
                the_oldest_automatic_snapshots_go
                named_snapshots_are_bounded
                a_named_snapshot_stays
                a_deleted_snapshot_is_gone
                automatic_snapshots_are_deleted_together
                an_unknown_author_is_not_found
            }
            messages {
                a_message_comes_back_whole
                unknown_messages_are_not_found
                a_deleted_session_has_no_chat
                message_pages_make_up_the_whole
                a_message_is_edited_and_deleted
                a_repeated_message_is_added_once
                of_concurrent_repetitions_one_message_is_added
                a_line_of_the_session_stays
                a_run_is_one_line
                unread_messages_are_counted
                only_what_others_wrote_is_unread
            }
            notes {
                notes_begin_empty
                notes_come_back_whole
                stale_notes_are_a_conflict
                of_concurrent_notes_one_wins
                notes_of_unknown_sessions_are_not_found
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
