/**
 * What every module shares: coded errors, the instance a daemon serves, files written whole, and
 * JSON. It must know nothing of the kernel, of containers or of HTTP.
 */
package org.berth.base;
