/** Loads tfjs-core's own entry: imported before anything else of tfjs, so that its engine is the one on the global object. */

import '@tensorflow/tfjs-core';
