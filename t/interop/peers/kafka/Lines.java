import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;

/** A record as a line of JSON, in plog's form (plog-format(7)), from and to Kafka's classes. */
final class Lines {
    private Lines() {
    }

    static void write(StringBuilder b, ConsumerRecord<byte[], byte[]> r) {
        b.append("{\"topic\":");
        text(b, r.topic());
        b.append(",\"partition\":").append(r.partition());
        b.append(",\"offset\":").append(r.offset());
        b.append(",\"timestamp\":").append(r.timestamp());
        b.append(",\"timestampType\":\"").append(type(r.timestampType())).append('"');
        b.append(",\"key\":");
        bytes(b, r.key());
        b.append(",\"value\":");
        bytes(b, r.value());
        b.append(",\"headers\":[");
        String comma = "";
        for (Header h : r.headers()) {
            b.append(comma).append('[');
            text(b, h.key());
            b.append(',');
            bytes(b, h.value());
            b.append(']');
            comma = ",";
        }
        b.append("]}\n");
    }

    private static String type(TimestampType t) {
        return t == TimestampType.NO_TIMESTAMP_TYPE ? "NoTimestampType" : t.name;
    }

    private static void bytes(StringBuilder b, byte[] v) {
        if (v == null) {
            b.append("null");
            return;
        }
        try {
            text(b, StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT).decode(ByteBuffer.wrap(v)).toString());
        } catch (CharacterCodingException e) {
            b.append("{\"base64\":\"").append(Base64.getEncoder().encodeToString(v)).append("\"}");
        }
    }

    private static void text(StringBuilder b, String s) {
        b.append('"');
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            int k = "\b\f\n\r\t\"\\".indexOf(c);
            if (k >= 0)
                b.append('\\').append("bfnrt\"\\".charAt(k));
            else if (c < 0x20 || c >= 0x7f && c <= 0x9f)
                b.append(String.format("\\u%04x", (int) c));
            else
                b.append(c);
        }
        b.append('"');
    }

    static ProducerRecord<byte[], byte[]> read(JsonNode o) {
        JsonNode p = o.path("partition");
        JsonNode t = o.path("timestamp");
        ProducerRecord<byte[], byte[]> r = new ProducerRecord<>(o.get("topic").asText(),
            p.isNumber() ? Integer.valueOf(p.asInt()) : null, t.isNumber() ? Long.valueOf(t.asLong()) : null,
            bytes(o.path("key")), bytes(o.get("value")));
        for (JsonNode h : o.path("headers"))
            r.headers().add(h.get(0).asText(), bytes(h.get(1)));
        return r;
    }

    private static byte[] bytes(JsonNode v) {
        if (v.isObject())
            return Base64.getDecoder().decode(v.get("base64").asText());
        return v.isTextual() ? v.asText().getBytes(StandardCharsets.UTF_8) : null;
    }
}
