"""What a step says of a process that failed."""

from results import description, failure


def test_the_javascript_error_is_the_failure_with_its_stack_and_cause(run, tmp_path):
    result = run(
        """
        opened();
        const transform = () => { throw new TypeError("distance is not a number"); };
        try { transform(); } catch (thrown) {
          closed({
            ...error("FatalError", "[TRANSFORM] it failed.", thrown.stack.split("\\n").slice(1)),
            cause: error("TypeError", thrown.message, thrown.stack.split("\\n").slice(1)),
          });
          process.exit(1);
        }
        """
    )
    data = failure(result)
    assert data.user_failure_data.description == "FatalError: [TRANSFORM] it failed."
    assert "Caused by: TypeError: distance is not a number" in data.user_failure_data.metadata["stack"].value
    fatal = data.error.cause
    assert (fatal.cls_name, fatal.cause.cls_name) == ("FatalError", "TypeError")
    innermost = fatal.cause.stack[-1]
    assert f'"{tmp_path}/operators/flights.mjs", line 5, in transform' in innermost
    assert 'throw new TypeError("distance is not a number")' in innermost


def test_an_exception_with_exit_code_0_fails_the_step(run):
    assert "Error: no" in description(run('opened(); materialized(); closed(error("Error", "no"));'))


def test_exit_code_0_without_a_word_fails_the_step(run):
    assert "without the message `opened`" in description(run("materialized();"))
    assert "without the message `closed`" in description(run("opened(); materialized();"))


def test_a_materialization_that_was_not_reported_fails_the_step(run):
    assert "reported no materialization of flights" in description(run("opened(); closed();"))


def test_a_process_that_can_not_say_what_was_wrong_fails_with_the_end_of_its_standard_error(run):
    result = run('console.error("Error: Cannot find module zod"); process.exit(7);')
    assert "exit code 7" in description(result)
    assert "Error: Cannot find module zod" in description(result)
