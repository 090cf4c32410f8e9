/** Types of the bundled build of `mqtt`: the same client in one file, with less memory (see connection.ts). */
declare module 'mqtt/dist/mqtt.esm' {
  const bundle: Pick<typeof import('mqtt'), 'MqttClient'>;
  // biome-ignore lint/style/noDefaultExport: it is what that file has
  export { bundle as default };
}
