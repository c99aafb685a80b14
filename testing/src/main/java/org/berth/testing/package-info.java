/**
 * What tests share: a fresh instance for each test, the mark of tests that need root and the real
 * kernel, and the check that nothing is left after them.
 */
package org.berth.testing;
