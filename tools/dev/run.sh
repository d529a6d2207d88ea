# The main job, shown and proven. Sourced by ./dev.

run_main_job() { fail "the main job is not there yet"; }
