"""Prints, as JSON, its version and what kernels a TensorFlow library registers for the ops whose names it is given: the library needs no card for that.

python3 read.py FOLDER OP…    FOLDER holds libtensorflow_framework.so.2 and libtensorflow_cc.so.2, as the wheel tensorflow/ does.
"""

import ctypes
import json
import os
import sys


class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("deallocator", ctypes.c_void_p)]


def fields(data):
    """The fields of a protocol buffer message: (number, integer or bytes)."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            length = varint()
            yield key >> 3, data[at : at + length]
            at += length


def kernel(message):
    """KernelDef: op = 1, device_type = 2, constraint = 3 (name = 1, allowed_values = 2 → list = 1 → type = 6), host_memory_arg = 4."""
    result = {"device": "", "types": {}, "host": []}
    for number, value in fields(message):
        if number == 2:
            result["device"] = value.decode()
        elif number == 4:
            result["host"].append(value.decode())
        elif number == 3:
            constraint = dict(fields(value))
            types = []
            for _, part in fields(dict(fields(constraint[2])).get(1, b"")):
                types += list(part) if isinstance(part, bytes) else [part]
            result["types"][constraint[1].decode()] = types
    return result


def main(folder, ops):
    ctypes.CDLL(os.path.join(folder, "libtensorflow_framework.so.2"), mode=ctypes.RTLD_GLOBAL)
    library = ctypes.CDLL(os.path.join(folder, "libtensorflow_cc.so.2"))
    library.TF_NewStatus.restype = ctypes.c_void_p
    library.TF_GetRegisteredKernelsForOp.restype = ctypes.POINTER(Buffer)
    library.TF_GetRegisteredKernelsForOp.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    status = library.TF_NewStatus()
    found = {}
    for op in ops:
        buffer = library.TF_GetRegisteredKernelsForOp(op.encode(), status).contents
        found[op] = [kernel(message) for _, message in fields(ctypes.string_at(buffer.data, buffer.length))]
    library.TF_Version.restype = ctypes.c_char_p
    print(json.dumps({"version": library.TF_Version().decode(), "kernels": found}))


main(sys.argv[1], sys.argv[2:])
