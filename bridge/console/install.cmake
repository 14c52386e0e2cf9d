# cmake -DSOURCE -DWORK -DNPM -P install.cmake: the packages of package-lock.json, exactly these, into WORK/node_modules.
file(MAKE_DIRECTORY ${WORK})
configure_file(${SOURCE}/package.json ${WORK}/package.json COPYONLY)
configure_file(${SOURCE}/package-lock.json ${WORK}/package-lock.json COPYONLY)
# No package needs its install script, and so none runs.
execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
                WORKING_DIRECTORY ${WORK} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "npm couldn't get the web console's packages:\n${output}\n"
                      "They come from the registry that npm is set to (npm config get registry). "
                      "To build without the console: -DROLLCALL_CONSOLE=OFF")
endif()
file(TOUCH ${WORK}/node_modules/.package-lock.json)
