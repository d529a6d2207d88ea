# Runs one seed in two processes, whose output must be equal, event by event.
foreach(run first second)
  execute_process(COMMAND "${PROGRAM}" --seed 7 --verbose
    OUTPUT_VARIABLE ${run} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${${run}}")
  endif()
endforeach()
if(NOT first STREQUAL second)
  message(FATAL_ERROR "two runs of one seed differ")
endif()
