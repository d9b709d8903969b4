# A folder is a target. Each target sees its own folder and those of its DEPS, by way of one
# include directory per target that holds a single link (build/include/base/base -> proto/base).
# So `#include "store/store.h"` compiles only where the CMake file says that it may.

add_library(sh_options INTERFACE)
target_compile_options(sh_options INTERFACE
    -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
    -Wcast-qual -Wwrite-strings -Wundef -fstack-protector-strong -fno-strict-aliasing)
target_compile_definitions(sh_options INTERFACE _GNU_SOURCE)
target_link_options(sh_options INTERFACE -Wl,-z,relro,-z,now)
if(SH_WERROR)
    target_compile_options(sh_options INTERFACE -Werror)
endif()
if(SH_SANITIZE)
    target_compile_options(sh_options INTERFACE -fsanitize=${SH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(sh_options INTERFACE -fsanitize=${SH_SANITIZE})
endif()
if(SH_COVERAGE)
    target_compile_options(sh_options INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(sh_options INTERFACE --coverage)
endif()
if(SH_FUZZ)
    target_compile_options(sh_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_definitions(sh_options INTERFACE _FORTIFY_SOURCE=2)
endif()

# Gives `name` a private include directory that holds one link: <folder name> -> current folder.
function(sh_expose name folder)
    set(root ${CMAKE_BINARY_DIR}/include/${name})
    file(MAKE_DIRECTORY ${root})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/${folder} SYMBOLIC)
    target_include_directories(${name} PUBLIC ${root})
endfunction()

# sh_library(NAME store [FOLDER store] SOURCES ... [DEPS base ...] [PRIVATE_DEPS SQLite::SQLite3 ...])
function(sh_library)
    cmake_parse_arguments(L "" "NAME;FOLDER" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
    if(NOT L_FOLDER)
        set(L_FOLDER ${L_NAME})
    endif()
    set(target sh_${L_NAME})
    add_library(${target} STATIC ${L_SOURCES})
    set(deps ${L_DEPS})
    list(TRANSFORM deps PREPEND sh_)
    target_link_libraries(${target} PUBLIC ${deps} PRIVATE sh_options ${L_PRIVATE_DEPS})
    sh_expose(${target} ${L_FOLDER})
    set_target_properties(${target} PROPERTIES C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
endfunction()

# sh_program(NAME safehand-ca SOURCES ... DEPS base ... [PRIVATE_DEPS ...]): lands in build/bin
function(sh_program)
    cmake_parse_arguments(P "" "NAME" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
    add_executable(${P_NAME} ${P_SOURCES})
    set(deps ${P_DEPS})
    list(TRANSFORM deps PREPEND sh_)
    target_link_libraries(${P_NAME} PRIVATE sh_options ${deps} ${P_PRIVATE_DEPS})
    set_target_properties(${P_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin
        C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
    install(TARGETS ${P_NAME} RUNTIME DESTINATION bin)
endfunction()

# sh_test(NAME unit_tlog SOURCES ... DEPS tlog support): a Criterion program, run by ctest
function(sh_test)
    cmake_parse_arguments(T "" "NAME" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
    add_executable(${T_NAME} ${T_SOURCES})
    set(deps ${T_DEPS})
    list(TRANSFORM deps PREPEND sh_)
    target_link_libraries(${T_NAME} PRIVATE sh_options ${deps} PkgConfig::CRITERION ${T_PRIVATE_DEPS})
    target_compile_definitions(${T_NAME} PRIVATE SH_TESTS_DIR="${PROJECT_SOURCE_DIR}/tests"
        SH_SOURCE_DIR="${PROJECT_SOURCE_DIR}" SH_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
    set_target_properties(${T_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    # Criterion's own macros trip these two; the rest of our warnings stand.
    target_compile_options(${T_NAME} PRIVATE -Wno-missing-prototypes -Wno-shadow)
    # -j1 inside one program: ctest runs the programs side by side.
    add_test(NAME ${T_NAME} COMMAND ${T_NAME} -j1)
endfunction()
