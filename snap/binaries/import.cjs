/** Imports a module of the unpacked program: a binary's own code can only import what is built into Node. */
'use strict';
module.exports = (file) => import(file);
