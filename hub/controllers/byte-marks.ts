/** How an object's bytes show what it has, without parsing them; a string with the same characters is a yes too many. */

/** It is being deleted. */
export const deletedMark: Buffer = Buffer.from('"deletionTimestamp":"');

/** It has finalizers. */
export const finalizedMark: Buffer = Buffer.from('"finalizers":[');
