/** The product from outside: the launcher, the command, the example application; and the arrows between modules. */
package org.berth.acceptance;
