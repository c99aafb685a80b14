/**
 * Networks of one instance: bridges and subnets, addresses, interfaces in containers, DNS, published
 * ports. It must know nothing of containers or images: whoever is attached is a network namespace
 * with an id.
 */
package org.berth.network;
