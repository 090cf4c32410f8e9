/** Types of the bundled build of `mqtt`: the same client in one file, with a third of the memory (see connection.ts). */
declare module 'mqtt/dist/mqtt.esm' {
  export { MqttClient } from 'mqtt';
}
