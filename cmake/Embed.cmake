# cmake -DIN=file -DOUT=file.c -DNAME=symbol -P Embed.cmake: the bytes of a file as a C array, so that a program has them
# wherever it is run from.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "((0x..,){16})" "\\1\n    " bytes "${bytes}")
file(WRITE ${OUT} "#include <stddef.h>\n
extern const unsigned char ${NAME}[];\nextern const size_t ${NAME}_len;\n
const unsigned char ${NAME}[] = {\n    ${bytes}\n};\nconst size_t ${NAME}_len = sizeof ${NAME};\n")
