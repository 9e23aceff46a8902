/* Five functions of the codec in C: apply_mask, unmask_text, scan, take_payloads and encode.

   Each has a twin in Python that says the same on any octets: `masking.apply_mask`, `masking.unmask_text`, `scan.scan`,
   `payloads.take_payloads`, `encoding.encode`. The twins carry the sentences of RFC 6455; nothing is judged here that is
   not judged there. What `scan` does not take (control frames, fragments, reserved bits, errors, frames that have not
   come whole, text that is not UTF-8) it leaves where it is, and so does `take_payloads` with all but frames that begin
   as it is told.

   Only documented functions of CPython's C API are used. The module has no state but one interned string for each
   interpreter, and takes no reference beyond a call: several interpreters may load it, and it does not need the GIL.
   As everywhere in rawws, one connection belongs to one thread at a time. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

/* To be raised, here and in accelerator.py, whenever a function changes its signature or its meaning. */
#define SPEEDUPS_VERSION 3

enum { KEY_OCTETS = 4, MASK = 0x80, FIN_TEXT = 0x81, FIN_BINARY = 0x82, LONGEST_HEADER = 14 };

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* With 32 octets at a time instead of 16, large frames pass nearly twice as fast; the loader picks the clone once. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

/* From this length on a call of the clone is worth it. */
#define LONG_PAYLOAD 128

/* ---------------------------------------------------------------------------------------------- masking: §5.3 ----- */

/* Both functions write `in` XOR `key` to `out` and give all octets written, joined by OR: below 0x80 all was ASCII. */

static inline uint64_t
xor_with_key(unsigned char *restrict out, const unsigned char *restrict in, Py_ssize_t length, const unsigned char *key)
{
    unsigned char twice[2 * KEY_OCTETS];
    uint64_t pattern, word, seen = 0;
    Py_ssize_t index = 0;

    memcpy(twice, key, KEY_OCTETS);
    memcpy(twice + KEY_OCTETS, key, KEY_OCTETS);
    memcpy(&pattern, twice, sizeof pattern);
    for (; index + (Py_ssize_t)sizeof word <= length; index += sizeof word) {
        memcpy(&word, in + index, sizeof word);
        word ^= pattern;
        seen |= word;
        memcpy(out + index, &word, sizeof word);
    }
    for (; index < length; index++) {
        out[index] = in[index] ^ key[index & 3];
        seen |= out[index];
    }
    return seen;
}

FOR_EACH_PROCESSOR static uint64_t
xor_long_with_key(unsigned char *restrict out, const unsigned char *restrict in, Py_ssize_t length,
                  const unsigned char *key)
{
    return xor_with_key(out, in, length, key);
}

static inline uint64_t
unmask(unsigned char *restrict out, const unsigned char *restrict in, Py_ssize_t length, const unsigned char *key)
{
    return length < LONG_PAYLOAD ? xor_with_key(out, in, length, key) : xor_long_with_key(out, in, length, key);
}

static PyObject *
unmask_to_bytes(const unsigned char *in, Py_ssize_t length, const unsigned char *key)
{
    PyObject *data = PyBytes_FromStringAndSize(NULL, length);
    if (data != NULL) {
        unmask((unsigned char *)PyBytes_AS_STRING(data), in, length, key);
    }
    return data;
}

/* A str where all is ASCII, which nearly all text is: that goes straight to where the str has its characters. Else what
   `make_other` makes of the octets. */
static inline PyObject *
unmask_to_str(const unsigned char *in, Py_ssize_t length, const unsigned char *key,
              PyObject *(*make_other)(const char *, Py_ssize_t))
{
    PyObject *text = PyUnicode_New(length, 127);
    if (text == NULL || length == 0) {
        return text;
    }
    unsigned char *octets = PyUnicode_1BYTE_DATA(text);
    if (unmask(octets, in, length, key) & HIGH_BITS) {
        PyObject *ascii = text;
        text = make_other((const char *)octets, length);
        /* Nobody has seen this one, and what it holds is not what it says that it holds. */
        memset(octets, 0, (size_t)length);
        Py_DECREF(ascii);
    }
    return text;
}

/* The four octets of a key as they meet the octet that follows `offset` others; -1 and an exception for no key. */
static int
read_key(PyObject *object, Py_ssize_t offset, unsigned char *key)
{
    if (!PyBytes_Check(object) || PyBytes_GET_SIZE(object) != KEY_OCTETS) {
        PyErr_SetString(PyExc_ValueError, "a masking key is bytes, four octets");
        return -1;
    }
    for (int index = 0; index < KEY_OCTETS; index++) {
        key[index] = (unsigned char)PyBytes_AS_STRING(object)[(offset + index) & 3];
    }
    return 0;
}

/* What `make` makes of the arguments (data, key, offset=0) of the function `name`; NULL and an exception for others. */
static PyObject *
unmask_with(const char *name, PyObject *const *args, Py_ssize_t count,
            PyObject *(*make)(const unsigned char *, Py_ssize_t, const unsigned char *))
{
    unsigned char key[KEY_OCTETS];
    Py_ssize_t offset = 0;
    Py_buffer data;
    PyObject *result;

    if (count != 2 && count != 3) {
        return PyErr_Format(PyExc_TypeError, "%s takes 2 or 3 arguments, not %zd", name, count);
    }
    if (count == 3) {
        offset = PyLong_AsSsize_t(args[2]);
        if (offset == -1 && PyErr_Occurred()) {
            return NULL;
        }
    }
    if (read_key(args[1], offset & 3, key) < 0 || PyObject_GetBuffer(args[0], &data, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    result = make(data.buf, data.len, key);
    PyBuffer_Release(&data);
    return result;
}

PyDoc_STRVAR(apply_mask_doc, "apply_mask(data, key, offset=0, /)\n--\n\nAs rawws.core.masking.apply_mask.");

static PyObject *
apply_mask(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    return unmask_with("apply_mask", args, count, unmask_to_bytes);
}

PyDoc_STRVAR(unmask_text_doc, "unmask_text(data, key, offset=0, /)\n--\n\nAs rawws.core.masking.unmask_text.");

static PyObject *
str_or_bytes(const unsigned char *in, Py_ssize_t length, const unsigned char *key)
{
    return unmask_to_str(in, length, key, PyBytes_FromStringAndSize);
}

static PyObject *
unmask_text(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    return unmask_with("unmask_text", args, count, str_or_bytes);
}

/* ------------------------------------------------------------------------------------- reading: §5.2, §5.3, §8.1 --- */

/* Where one frame lies in the octets that have come. */
typedef struct {
    int first;
    const unsigned char *key; /* NULL when the frame is not masked */
    const unsigned char *payload;
    Py_ssize_t length;
} Frame;

/* Read the frame at the front of `size` octets; 0 unless its first octet is one of two, all of it has come, and it has
   at most `max_bytes`. Each octet of the header is looked at once, so that nothing but these octets decides. */
static int
find_frame(const unsigned char *octets, Py_ssize_t size, int first, int or_first, Py_ssize_t max_bytes, int masked,
           Frame *frame)
{
    Py_ssize_t header = 2;
    uint64_t length;
    int second;

    if (size < header) {
        return 0;
    }
    frame->first = octets[0];
    second = octets[1];
    if ((frame->first != first && frame->first != or_first) || ((second & MASK) != 0) != masked) {
        return 0;
    }
    length = second & 0x7F;
    if (length > 125) {
        int field = length == 126 ? 2 : 8;
        uint64_t most_of_shorter = length == 126 ? 125 : 0xFFFF;

        header += field;
        if (size < header) {
            return 0;
        }
        length = 0;
        for (int index = 0; index < field; index++) {
            length = length << 8 | octets[2 + index];
        }
        if (length <= most_of_shorter) {
            return 0; /* 6455-5.2-4: not the minimal number of octets */
        }
    }
    if (length > (uint64_t)max_bytes) {
        return 0; /* and a length whose most significant bit is 1 (6455-5.2-3): `max_bytes` has none */
    }
    frame->key = NULL;
    if (masked) {
        frame->key = octets + header;
        header += KEY_OCTETS;
    }
    if (size < header || (uint64_t)(size - header) < length) {
        return 0;
    }
    frame->payload = octets + header;
    frame->length = (Py_ssize_t)length;
    return 1;
}

static PyObject *
read_bytes(const Frame *frame)
{
    if (frame->key == NULL) {
        return PyBytes_FromStringAndSize((const char *)frame->payload, frame->length);
    }
    return unmask_to_bytes(frame->payload, frame->length, frame->key);
}

/* Both raise UnicodeDecodeError. */

static PyObject *
decode(const char *octets, Py_ssize_t length)
{
    return PyUnicode_DecodeUTF8(octets, length, NULL);
}

static PyObject *
read_text(const Frame *frame)
{
    if (frame->key == NULL) {
        return decode((const char *)frame->payload, frame->length);
    }
    return unmask_to_str(frame->payload, frame->length, frame->key, decode);
}

/* `message` as the field `data` of a new instance of `class`, whose other fields have their defaults in the class. */
static PyObject *
make_event(PyTypeObject *class, PyObject *field, PyObject *message)
{
    PyObject *nothing = PyTuple_New(0);
    if (nothing == NULL) {
        return NULL;
    }
    /* object.__new__, and not tp_alloc: it makes room for the field in the instance, which then needs no dictionary. */
    PyObject *event = PyBaseObject_Type.tp_new(class, nothing, NULL);
    Py_DECREF(nothing);
    /* Not the class's own __setattr__: wsproto's events are frozen. */
    if (event != NULL && PyObject_GenericSetAttr(event, field, message) < 0) {
        Py_CLEAR(event);
    }
    return event;
}

/* What to make of messages: NULL for themselves, or a class; -1 and an exception for anything else. */
static int
read_class(PyObject *object, PyTypeObject **class)
{
    *class = NULL;
    if (object == Py_None) {
        return 0;
    }
    /* An instance of a class with a `__new__` of its own may not be made behind its back. */
    if (!PyType_Check(object) || ((PyTypeObject *)object)->tp_new != PyBaseObject_Type.tp_new) {
        PyErr_SetString(PyExc_TypeError, "events are made of classes that do not override __new__");
        return -1;
    }
    *class = (PyTypeObject *)object;
    return 0;
}

/* Append the message in `frame` to `out`: 1 if it was taken, 0 if its text is not UTF-8, -1 with an exception. */
static int
take_message(const Frame *frame, PyObject *out, PyTypeObject *text_class, PyTypeObject *bytes_class, PyObject *field)
{
    int is_text = frame->first == FIN_TEXT;
    PyTypeObject *class = is_text ? text_class : bytes_class;
    PyObject *message = is_text ? read_text(frame) : read_bytes(frame);

    if (message == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
            return -1;
        }
        PyErr_Clear();
        return 0;
    }
    if (class != NULL) {
        PyObject *event = make_event(class, field, message);
        Py_DECREF(message);
        if (event == NULL) {
            return -1;
        }
        message = event;
    }
    int failed = PyList_Append(out, message);
    Py_DECREF(message);
    return failed < 0 ? -1 : 1;
}

PyDoc_STRVAR(scan_doc, "scan(buffer, position, out, most, max_bytes, masked, text_class, bytes_class, /)\n--\n\n"
                       "As rawws.core.scan.scan.");

static PyObject *
scan(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    PyObject *field = *(PyObject **)PyModule_GetState(module);
    PyTypeObject *text_class, *bytes_class;
    Py_ssize_t position, most, max_bytes;
    Py_buffer buffer;
    int masked, taken = 1;

    if (count != 8) {
        return PyErr_Format(PyExc_TypeError, "scan takes 8 arguments, not %zd", count);
    }
    position = PyNumber_AsSsize_t(args[1], NULL);
    most = PyNumber_AsSsize_t(args[3], NULL);
    max_bytes = PyNumber_AsSsize_t(args[4], NULL);
    masked = PyObject_IsTrue(args[5]);
    if (PyErr_Occurred() || read_class(args[6], &text_class) < 0 || read_class(args[7], &bytes_class) < 0) {
        return NULL;
    }
    if (!PyList_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "messages go into a list");
        return NULL;
    }
    if (PyObject_GetBuffer(args[0], &buffer, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    if (position < 0 || position > buffer.len || max_bytes < 0) {
        PyErr_SetString(PyExc_ValueError, "the position is in the buffer, and max_bytes not negative");
        taken = -1;
    }
    Py_ssize_t begin = position;
    for (Frame frame; taken > 0 && most > 0; most--) {
        const unsigned char *octets = (const unsigned char *)buffer.buf + position;
        if (!find_frame(octets, buffer.len - position, FIN_TEXT, FIN_BINARY, max_bytes, masked, &frame)) {
            break;
        }
        taken = take_message(&frame, args[2], text_class, bytes_class, field);
        if (taken > 0) {
            position = (frame.payload - (const unsigned char *)buffer.buf) + frame.length;
        }
    }
    PyBuffer_Release(&buffer);
    if (taken < 0) {
        if (position == begin) {
            return NULL;
        }
        /* Out of memory behind messages that were taken: they stay taken, and the next call fails, if it still must. */
        PyErr_Clear();
    }
    return PyLong_FromSsize_t(position);
}

PyDoc_STRVAR(take_payloads_doc,
             "take_payloads(buffer, position, out, first_octet, most, max_bytes, max_frame_bytes, masked, /)\n--\n\n"
             "As rawws.core.payloads.take_payloads.");

static PyObject *
take_payloads(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t position, first, most, max_bytes, max_frame_bytes;
    Py_buffer buffer;
    int masked, failed = 0;

    if (count != 8) {
        return PyErr_Format(PyExc_TypeError, "take_payloads takes 8 arguments, not %zd", count);
    }
    position = PyNumber_AsSsize_t(args[1], NULL);
    first = PyNumber_AsSsize_t(args[3], NULL);
    most = PyNumber_AsSsize_t(args[4], NULL);
    max_bytes = PyNumber_AsSsize_t(args[5], NULL);
    max_frame_bytes = PyNumber_AsSsize_t(args[6], NULL);
    masked = PyObject_IsTrue(args[7]);
    if (PyErr_Occurred()) {
        return NULL;
    }
    if (!PyList_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "payloads go into a list");
        return NULL;
    }
    if (PyObject_GetBuffer(args[0], &buffer, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    if (position < 0 || position > buffer.len || first < 0 || first > 0xFF || max_bytes < 0 || max_frame_bytes < 0) {
        PyErr_SetString(PyExc_ValueError, "the position is in the buffer, the first octet is an octet, and no bound "
                                          "is negative");
        failed = 1;
    }
    Py_ssize_t begin = position;
    for (Frame frame; !failed && most > 0; most--) {
        const unsigned char *octets = (const unsigned char *)buffer.buf + position;
        Py_ssize_t bound = max_bytes < max_frame_bytes ? max_bytes : max_frame_bytes;
        if (!find_frame(octets, buffer.len - position, (int)first, (int)first, bound, masked, &frame)) {
            break;
        }
        PyObject *payload = read_bytes(&frame);
        failed = payload == NULL || PyList_Append(args[2], payload) < 0;
        Py_XDECREF(payload);
        if (!failed) {
            max_bytes -= frame.length;
            position = (frame.payload - (const unsigned char *)buffer.buf) + frame.length;
        }
    }
    PyBuffer_Release(&buffer);
    if (failed) {
        if (position == begin) {
            return NULL;
        }
        /* As in `scan`. */
        PyErr_Clear();
    }
    return PyLong_FromSsize_t(position);
}

/* ------------------------------------------------------------------------------------------------ writing: §5.2 ---- */

/* The payload's octets, and who holds them: `owner` has to be released, or `view` where there is no owner. */
typedef struct {
    const unsigned char *octets;
    Py_ssize_t length;
    PyObject *owner;
    Py_buffer view;
} Payload;

static int
read_payload(PyObject *object, Payload *payload)
{
    if (PyUnicode_Check(object)) {
        if (PyUnicode_IS_COMPACT_ASCII(object)) {
            Py_INCREF(object);
            payload->owner = object;
            payload->octets = PyUnicode_1BYTE_DATA(object);
            payload->length = PyUnicode_GET_LENGTH(object);
            return 0;
        }
        /* Not PyUnicode_AsUTF8AndSize: it would keep the octets in the str for as long as that lives. */
        payload->owner = PyUnicode_AsUTF8String(object);
        if (payload->owner == NULL) {
            return -1;
        }
        payload->octets = (const unsigned char *)PyBytes_AS_STRING(payload->owner);
        payload->length = PyBytes_GET_SIZE(payload->owner);
        return 0;
    }
    payload->owner = NULL;
    if (PyObject_GetBuffer(object, &payload->view, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    payload->octets = payload->view.buf;
    payload->length = payload->view.len;
    return 0;
}

static void
release_payload(Payload *payload)
{
    if (payload->owner != NULL) {
        Py_DECREF(payload->owner);
    }
    else {
        PyBuffer_Release(&payload->view);
    }
}

/* Write the header of a frame; how many octets it has. */
static int
write_header(unsigned char *header, unsigned char first_octet, uint64_t length, const unsigned char *key)
{
    int mask = key == NULL ? 0 : MASK;
    int field = length <= 125 ? 0 : length <= 0xFFFF ? 2 : 8;
    int size = 2 + field;

    header[0] = first_octet;
    header[1] = (unsigned char)(mask | (field == 0 ? (int)length : field == 2 ? 126 : 127));
    for (int index = field; index > 0; index--) {
        header[1 + index] = (unsigned char)length;
        length >>= 8;
    }
    if (key != NULL) {
        memcpy(header + size, key, KEY_OCTETS);
        size += KEY_OCTETS;
    }
    return size;
}

PyDoc_STRVAR(encode_doc, "encode(first_octet, payload, key, /)\n--\n\nAs rawws.core.encoding.encode.");

static PyObject *
encode(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    unsigned char key_octets[KEY_OCTETS], header[LONGEST_HEADER];
    const unsigned char *key = NULL;
    Payload payload;
    long first_octet;

    if (count != 3) {
        return PyErr_Format(PyExc_TypeError, "encode takes 3 arguments, not %zd", count);
    }
    first_octet = PyLong_AsLong(args[0]);
    if (first_octet == -1 && PyErr_Occurred()) {
        return NULL;
    }
    if (first_octet < 0 || first_octet > 0xFF) {
        PyErr_SetString(PyExc_ValueError, "the first octet is an octet");
        return NULL;
    }
    if (args[2] != Py_None) {
        if (read_key(args[2], 0, key_octets) < 0) {
            return NULL;
        }
        key = key_octets;
    }
    if (read_payload(args[1], &payload) < 0) {
        return NULL;
    }
    int size = write_header(header, (unsigned char)first_octet, (uint64_t)payload.length, key);
    PyObject *frame = NULL;
    if (payload.length > PY_SSIZE_T_MAX - size) {
        PyErr_NoMemory();
    }
    else {
        frame = PyBytes_FromStringAndSize(NULL, size + payload.length);
    }
    if (frame != NULL) {
        unsigned char *octets = (unsigned char *)PyBytes_AS_STRING(frame);
        memcpy(octets, header, (size_t)size);
        if (key == NULL) {
            memcpy(octets + size, payload.octets, (size_t)payload.length);
        }
        else {
            unmask(octets + size, payload.octets, payload.length, key);
        }
    }
    release_payload(&payload);
    return frame;
}

/* ---------------------------------------------------------------------------------------------------- the module --- */

static PyMethodDef functions[] = {
    {"apply_mask", (PyCFunction)(void (*)(void))apply_mask, METH_FASTCALL, apply_mask_doc},
    {"unmask_text", (PyCFunction)(void (*)(void))unmask_text, METH_FASTCALL, unmask_text_doc},
    {"scan", (PyCFunction)(void (*)(void))scan, METH_FASTCALL, scan_doc},
    {"take_payloads", (PyCFunction)(void (*)(void))take_payloads, METH_FASTCALL, take_payloads_doc},
    {"encode", (PyCFunction)(void (*)(void))encode, METH_FASTCALL, encode_doc},
    {NULL, NULL, 0, NULL},
};

static int
speedups_exec(PyObject *module)
{
    PyObject **field = PyModule_GetState(module);
    *field = PyUnicode_InternFromString("data");
    return *field == NULL ? -1 : PyModule_AddIntConstant(module, "VERSION", SPEEDUPS_VERSION);
}

static int
speedups_clear(PyObject *module)
{
    Py_CLEAR(*(PyObject **)PyModule_GetState(module));
    return 0;
}

static void
speedups_free(void *module)
{
    speedups_clear((PyObject *)module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, speedups_exec},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#if PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "rawws.core._speedups",
    .m_doc = "apply_mask, scan and encode in C; rawws.core.accelerator chooses between them and their twins.",
    .m_size = sizeof(PyObject *),
    .m_methods = functions,
    .m_slots = slots,
    .m_clear = speedups_clear,
    .m_free = speedups_free,
};

PyMODINIT_FUNC
PyInit__speedups(void)
{
    return PyModuleDef_Init(&definition);
}
