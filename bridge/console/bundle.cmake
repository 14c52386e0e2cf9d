# cmake -DSOURCE -DWORK -DNODE -DDIST -DOUTPUT -P bundle.cmake: builds the console into DIST, and OUTPUT, a C++ file with all that is there.
file(REMOVE_RECURSE ${WORK}/src)
file(COPY ${SOURCE}/src ${SOURCE}/index.html ${SOURCE}/vite.config.js DESTINATION ${WORK})
execute_process(COMMAND ${NODE} node_modules/vite/bin/vite.js build --outDir ${DIST} --emptyOutDir --logLevel warn
                WORKING_DIRECTORY ${WORK} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "vite couldn't build the web console:\n${output}")
endif()

set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_svg "image/svg+xml")

file(GLOB_RECURSE files RELATIVE ${DIST} ${DIST}/*)
list(SORT files)
list(LENGTH files count)
set(arrays "")
set(table "")
set(number 0)
foreach(path IN LISTS files)
  get_filename_component(extension ${path} LAST_EXT)
  string(SUBSTRING ${extension} 1 -1 extension)
  if(NOT DEFINED type_${extension})
    message(FATAL_ERROR "the web console has a file of a kind that has no content type yet: ${path}")
  endif()
  set(immutable false)
  if(path MATCHES "^assets/")  # vite puts a hash into their names
    set(immutable true)
  endif()
  file(READ ${DIST}/${path} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char kBytes${number}[] = {\n${bytes}};\n")
  string(APPEND table "    {\"${path}\", \"${type_${extension}}\", text(kBytes${number}), ${immutable}},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE ${OUTPUT} "// Made of bridge/console/ by CMake.
#include <array>
#include <cstddef>

#include \"bridge/adapters/console/console_files.hpp\"

namespace rollcall {
namespace {

template <std::size_t size>
std::string_view text(const unsigned char (&bytes)[size]) {
  return {reinterpret_cast<const char*>(bytes), size};
}

${arrays}
}  // namespace

std::span<const ConsoleFile> console_files() {
  static const std::array<ConsoleFile, ${count}> files{{
${table}  }};
  return files;
}

}  // namespace rollcall
")
