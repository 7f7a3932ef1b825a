import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;

/*
 * Avro's own reader and writer of container files.
 *
 * read FILE...                     the schema and the codec, then a line for each datum: Flume's events
 *                                  as {k=v, ...} TAB body, anything else as Avro prints it
 * write FILE CODEC COUNT SCHEMA    so many records of any schema of ours: fields n (long), s (string)
 */
public class AvroFile {
	private static String event(GenericRecord r) {
		Map<String, String> headers = new TreeMap<>();
		for (Map.Entry<?, ?> e : ((Map<?, ?>) r.get("headers")).entrySet())
			headers.put(e.getKey().toString(), e.getValue().toString());
		ByteBuffer body = (ByteBuffer) r.get("body");
		return headers + "\t" + StandardCharsets.ISO_8859_1.decode(body.duplicate());
	}

	private static void read(String name) throws Exception {
		try (DataFileReader<GenericRecord> in = new DataFileReader<>(new File(name), new GenericDatumReader<>())) {
			Schema schema = in.getSchema();
			boolean event = schema.getType() == Schema.Type.RECORD && schema.getField("headers") != null
			    && schema.getField("body") != null;
			System.out.println(schema);
			System.out.println(in.getMetaString("avro.codec"));
			for (GenericRecord r : in)
				System.out.println(event ? event(r) : r.toString());
		}
	}

	private static void write(String name, String codec, long count, String text) throws Exception {
		Schema schema = new Schema.Parser().parse(text);
		try (DataFileWriter<GenericRecord> out = new DataFileWriter<>(new GenericDatumWriter<GenericRecord>(schema))) {
			out.setCodec(CodecFactory.fromString(codec));
			out.setSyncInterval(4096);
			out.create(schema, new File(name));
			for (long i = 0; i < count; i++) {
				GenericRecord r = new GenericData.Record(schema);
				r.put("n", i);
				r.put("s", "text " + i);
				out.append(r);
			}
		}
	}

	public static void main(String[] a) throws Exception {
		if (a[0].equals("write"))
			write(a[1], a[2], Long.parseLong(a[3]), a[4]);
		else
			for (int i = 1; i < a.length; i++)
				read(a[i]);
	}
}
