//! Ollama as MemoryLoop meets it: answers however they are cut into packets, every failure with its sentence, lists,
//! vectors.

use std::time::Duration;

use futures::StreamExt;
use memoryloop_core::llm::{DIMENSIONS, Embedder, LlmError, Purpose, StopReason, Thinking, Usage};
use serde_json::{Value, json};
use support::{
    http::{Outcome, Reply, Server, Step},
    http_models::{ask, llama, nobody, ollama_model, providers, request},
    ollama::{self, GEMMA, GPT_OSS, LLAMA, NOMIC, Options, QWEN, UNEMBEDDABLE, last_line, line, stream},
};

/// One answer, scripted.
async fn scripted(reply: Reply) -> Server {
    let server = ollama::start().await;
    server.script("/api/chat", reply);
    server
}

#[tokio::test]
async fn an_answer_streams_with_the_window_it_was_asked_with() {
    let server = ollama::start().await;
    let heard = ask(&llama(&server), "What is spaced repetition?").await;
    assert!(heard.text.starts_with("## About: What is spaced repetition?"), "{heard:?}");
    let (stop, usage) = heard.end.unwrap();
    assert_eq!(stop, StopReason::Complete);
    assert!(usage.unwrap().output_tokens > 0);
    let asked = &server.asked("/api/chat")[0];
    assert_eq!(asked.body["options"]["num_ctx"], 8_192);
    assert_eq!(asked.body["options"]["num_predict"], 1_024);
    assert_eq!(asked.body["messages"][0], json!({"role": "system", "content": "Be brief."}));
    assert_eq!(asked.body["think"], Value::Null, "a model that does not think refuses it");
    assert!(asked.header("origin").is_none());
}

#[tokio::test]
async fn lines_and_characters_may_be_split_across_packets_anywhere() {
    let text = "Ünïcödé – 漢字 🧠 and a \"quote\"\n";
    let whole = [line(text), line(text), last_line("stop")].concat();
    for size in [1, 2, 3, 7] {
        let server = scripted(stream(&[whole.as_bytes()]).in_packets_of(size)).await;
        let heard = ask(&llama(&server), "?").await;
        assert_eq!(heard.text, text.repeat(2), "packets of {size}");
        assert_eq!(
            heard.end,
            Ok((StopReason::Complete, Some(Usage { input_tokens: 26, output_tokens: 298, ..Usage::default() })))
        );
    }
}

#[tokio::test]
async fn the_last_line_may_lack_its_end() {
    let whole = [line("Yes."), last_line("length").trim_end().to_owned()].concat();
    let server = scripted(stream(&[whole.as_bytes()])).await;
    let heard = ask(&llama(&server), "?").await;
    assert_eq!((heard.text.as_str(), heard.end.unwrap().0), ("Yes.", StopReason::Length));
}

#[tokio::test]
async fn an_error_line_in_the_middle_is_told_and_what_came_is_kept() {
    let error = b"{\"error\":\"an error was encountered while running the model: CUDA error\"}\n";
    let server = scripted(stream(&[line("Half ").as_bytes(), error])).await;
    let heard = ask(&llama(&server), "?").await;
    assert_eq!(heard.text, "Half ");
    assert_eq!(
        heard.problem(),
        "Ollama reported an error: an error was encountered while running the model: CUDA error. Try again, or choose another model."
    );
}

#[tokio::test]
async fn a_cut_connection_is_told_and_what_came_is_kept() {
    let first = line("Half ");
    let half_a_line = &line("never whole")[..40];
    for reply in [
        stream(&[first.as_bytes()]).then(Step::Cut),
        stream(&[first.as_bytes(), half_a_line.as_bytes()]).then(Step::Cut),
        // A body that ends as it should, but without the line that says so.
        stream(&[first.as_bytes()]),
        stream(&[first.as_bytes(), half_a_line.as_bytes()]),
    ] {
        let server = scripted(reply).await;
        let heard = ask(&llama(&server), "?").await;
        assert_eq!(heard.text, "Half ");
        assert_eq!(
            heard.problem(),
            "The connection to Ollama broke off in the middle of the answer. What came is kept: go on from there, or ask again."
        );
    }
}

#[tokio::test]
async fn silence_ends_and_a_pause_does_not() {
    let pause = Step::Pause(Duration::from_millis(300));
    let mut reply = stream(&[line("One ").as_bytes()]).then(pause);
    reply = reply.then(Step::Send(line("two").into_bytes())).then(Step::Silence);
    let server = scripted(reply).await;
    let heard = ask(&llama(&server), "?").await;
    assert_eq!(heard.text, "One two");
    assert_eq!(
        heard.problem(),
        "Ollama has sent nothing for 1 second, so MemoryLoop stopped waiting. What came is kept; try again, or choose another model."
    );
    // The connection is given up with it.
    crate::chat::until(|| server.asked("/api/chat")[0].outcome() == Outcome::ClosedByClient).await;
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection() {
    let server = scripted(stream(&[line("One ").as_bytes()]).then(Step::Silence)).await;
    let mut answer = llama(&server).stream(request("?"));
    assert!(answer.next().await.unwrap().is_ok());
    assert_eq!(server.asked("/api/chat")[0].outcome(), Outcome::Sending);
    drop(answer);
    for _ in 0..100 {
        if server.asked("/api/chat")[0].outcome() == Outcome::ClosedByClient {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the server still sends");
}

#[tokio::test]
async fn a_model_that_is_not_there_names_the_way_to_get_it() {
    let server = ollama::start().await;
    let heard = ask(&ollama_model(&server, "mistral"), "?").await;
    assert_eq!(
        heard.problem(),
        "Ollama does not have the model mistral. Pull it in Settings, or choose another model."
    );
    // Deleted between the question what it is and the question itself, or only known to be gone in the stream.
    let not_found = json!({"error": "model 'llama3.2:latest' not found"});
    for reply in [Reply::json(404, &not_found), stream(&[format!("{not_found}\n").as_bytes()])] {
        let server = scripted(reply).await;
        let problem = ask(&llama(&server), "?").await.problem();
        assert_eq!(
            problem,
            format!("Ollama does not have the model {LLAMA}. Pull it in Settings, or choose another model.")
        );
    }
}

#[tokio::test]
async fn no_ollama_says_how_to_get_it() {
    let url = nobody().await;
    let providers = providers(&url, "http://127.0.0.1:9");
    let model = providers.model(&support::http_models::reference(memoryloop_core::llm::Provider::Ollama, LLAMA), None);
    let sentence = format!(
        "Ollama is not running at {url}. Start it, or get it from https://ollama.com/download, then try again."
    );
    assert_eq!(ask(&model.unwrap(), "?").await.problem(), sentence);
    let listed = providers.list(None).await;
    assert!(!listed.ollama.running && listed.ollama.models.is_empty());
    assert_eq!(listed.ollama.problem, Some(sentence));
    assert_eq!(listed.ollama.address, url);
    assert_eq!((listed.claude.has_key, listed.claude.problem), (false, None));
}

#[tokio::test]
async fn a_full_queue_is_waited_for_and_the_wait_is_told() {
    let busy = || Reply::json(503, &json!({"error": "server busy, please try again."}));
    let server = scripted(busy()).await;
    let heard = ask(&llama(&server), "?").await;
    assert!(heard.text.starts_with("## About"), "{heard:?}");
    assert_eq!((heard.waits.len(), server.asked("/api/chat").len()), (1, 2));
    let server = scripted(busy()).await;
    server.script("/api/chat", busy());
    server.script("/api/chat", busy());
    let heard = ask(&llama(&server), "?").await;
    assert_eq!(heard.problem(), "Ollama is overloaded right now. Try again in a minute.");
    assert_eq!((heard.waits.len(), server.asked("/api/chat").len()), (2, 3));
}

#[tokio::test]
async fn a_gateway_in_front_of_ollama_is_waited_for_as_it_says() {
    let limited = Reply::json(429, &json!({"error": "rate limit"})).header("retry-after", "1");
    let page = Reply { status: 502, ..Reply::page() };
    for (reply, waited) in [(limited, Some(Duration::from_secs(1))), (page, None)] {
        let server = scripted(reply).await;
        let heard = ask(&llama(&server), "?").await;
        assert!(heard.text.starts_with("## About"), "{heard:?}");
        assert_eq!(heard.waits.len(), 1);
        assert!(waited.is_none_or(|waited| heard.waits[0] == waited), "{heard:?}");
    }
    let server = scripted(Reply::json(429, &json!({"error": "rate limit"})).header("retry-after", "300")).await;
    assert_eq!(ask(&llama(&server), "?").await.problem(), "Ollama asks to wait 5 minutes. Try again then.");
}

#[tokio::test]
async fn what_fails_for_good_or_after_text_is_not_tried_again() {
    let crashed = Reply::json(500, &json!({"error": "model runner has unexpectedly stopped"}));
    let busy_later = stream(&[line("Half ").as_bytes(), b"{\"error\":\"server busy\"}\n"]);
    for (reply, text) in [(crashed, ""), (busy_later, "Half ")] {
        let server = scripted(reply).await;
        let heard = ask(&llama(&server), "?").await;
        assert!(heard.problem().starts_with("Ollama reported an error: "), "{heard:?}");
        assert_eq!((heard.text.as_str(), heard.waits.len()), (text, 0));
        assert_eq!(server.asked("/api/chat").len(), 1);
    }
}

#[tokio::test]
async fn what_a_person_can_act_on_is_told_apart() {
    let too_long = "This is longer than the model can read.";
    for (reply, problem) in [
        (Reply::json(400, &json!({"error": "prompt too long; exceeded max context length by 12 tokens"})), too_long),
        (Reply::json(500, &json!({"error": "the request exceeds the available context size"})), too_long),
        (Reply { status: 413, ..Reply::page() }, too_long),
        (
            Reply::json(401, &json!({"error": "unauthorized"})),
            "Ollama reported an error: this model runs at ollama.com",
        ),
    ] {
        let server = scripted(reply).await;
        assert!(ask(&llama(&server), "?").await.problem().starts_with(problem), "{problem}");
    }
}

#[tokio::test]
async fn what_is_not_ollama_is_called_so() {
    let is_not = |server: &Server, detail: &str| {
        format!(
            "What answered at {} is not Ollama: {detail}. Check which program listens there, and OLLAMA_HOST if you set it.",
            server.url()
        )
    };
    let something = "it sent something else";
    for (reply, detail) in [
        (Reply::page(), "it sent a web page"),
        (Reply::new(200, "application/x-ndjson", "hello there\n"), something),
        (Reply::new(200, "application/x-ndjson", "[1, 2]\n"), something),
        (Reply::new(200, "application/octet-stream", vec![0xff, 0xfe, b'\n']), something),
        (Reply::new(302, "text/plain", "").header("location", "/login"), "it sends elsewhere"),
        (Reply::new(404, "text/plain", "404 page not found"), "it answered with status 404"),
        (Reply { status: 407, ..Reply::page() }, "a proxy asks for a name and a password"),
        (stream(&[]).then(Step::Endless(vec![b'x'; 65_536])), "a line of its answer does not end"),
    ] {
        let server = scripted(reply).await;
        assert_eq!(ask(&llama(&server), "?").await.problem(), is_not(&server, detail));
    }
}

#[tokio::test]
async fn an_answer_without_end_is_ended() {
    let server = scripted(stream(&[]).then(Step::Endless(line(&"x".repeat(60_000)).into_bytes()))).await;
    let heard = ask(&llama(&server), "?").await;
    assert!(heard.text.len() <= 4 * 1024 * 1024);
    assert_eq!(
        heard.problem(),
        "Ollama reported an error: its answer does not end. Try again, or choose another model."
    );
}

#[tokio::test]
async fn a_program_that_speaks_no_http_is_not_ollama() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let talking = tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut socket, b"SSH-2.0-OpenSSH_9.2\r\n").await.unwrap();
        }
    });
    let listed = providers(&url, "http://127.0.0.1:9").list(None).await;
    let problem = listed.ollama.problem.unwrap();
    assert!(problem.starts_with(&format!("What answered at {url} is not Ollama")), "{problem}");
    talking.abort();
}

#[tokio::test]
async fn counts_that_lie_and_bytes_that_are_no_text_cost_only_themselves() {
    let last = "{\"message\":{\"content\":\"\"},\"done\":true,\"prompt_eval_count\":-5,\"eval_count\":\"many\"}\n";
    let broken = [&b"{\"message\":{\"content\":\"a"[..], &[0xff], &b"b\"},\"done\":false}\n"[..]].concat();
    let server = scripted(stream(&[&broken, last.as_bytes()])).await;
    let heard = ask(&llama(&server), "?").await;
    assert_eq!((heard.text.as_str(), heard.end), ("a\u{fffd}b", Ok((StopReason::Complete, None))));
}

#[tokio::test]
async fn the_list_has_what_chats_and_tells_whether_it_can_embed() {
    let server = ollama::start().await;
    let listed = providers(&server.url(), "http://127.0.0.1:9").list(None).await.ollama;
    assert_eq!((listed.running, listed.problem), (true, None));
    let names: Vec<&str> = listed.models.iter().map(|model| model.model.name.as_str()).collect();
    assert_eq!(names, [LLAMA, QWEN]);
    assert_eq!(listed.models[0].label, "llama3.2 (3.2B)");
    assert_eq!(listed.models[0].context_tokens, Some(131_072));
    assert_eq!(listed.models[0].size_bytes, Some(2_019_393_189.0));
    assert_eq!(listed.models[0].parameters.as_deref(), Some("3.2B"));
    assert_eq!(listed.embedding_model.as_deref(), Some(NOMIC));
}

#[tokio::test]
async fn the_list_tells_what_each_model_can_do_and_asks_once() {
    let models = vec![LLAMA, QWEN, GPT_OSS, GEMMA, NOMIC];
    let server = ollama::start_with(Options { models, ..Options::default() }).await;
    let providers = providers(&server.url(), "http://127.0.0.1:9");
    let listed = providers.list(None).await.ollama;
    let abilities: Vec<_> =
        listed.models.iter().map(|one| (&*one.model.name, one.thinking, one.sees_images, one.uses_tools)).collect();
    assert_eq!(
        abilities,
        [
            (LLAMA, Thinking::Never, false, true),
            (QWEN, Thinking::OnRequest, false, true),
            (GPT_OSS, Thinking::Always, false, true),
            (GEMMA, Thinking::Never, true, false),
        ]
    );
    assert!(listed.recommended.iter().any(|model| model.embeds && model.name == "nomic-embed-text"));
    let asked = server.asked("/api/show").len();
    assert_eq!(providers.list(None).await.ollama.models, listed.models);
    assert_eq!(server.asked("/api/show").len(), asked, "what is known by its digest is not asked for again");
}

#[tokio::test]
async fn an_ollama_without_a_model_to_talk_with_says_how_to_get_one() {
    let server = ollama::start_with(Options { models: vec![NOMIC], ..Options::default() }).await;
    let listed = providers(&server.url(), "http://127.0.0.1:9").list(None).await.ollama;
    assert!(listed.running && listed.models.is_empty());
    assert!(listed.problem.unwrap().contains("Pull one of those that are recommended."));
}

#[tokio::test]
async fn a_list_that_does_not_come_does_not_hold_up_the_page() {
    let server = ollama::start().await;
    server.script("/api/tags", stream(&[b"{\"models\": ["]).then(Step::Silence));
    let started = std::time::Instant::now();
    let listed = providers(&server.url(), "http://127.0.0.1:9").list(None).await.ollama;
    assert!(started.elapsed() < Duration::from_secs(3));
    assert!(listed.running && listed.problem.unwrap().contains("has sent nothing"));
}

#[tokio::test]
async fn vectors_are_near_where_texts_are_and_carry_what_made_them() {
    let server = ollama::start().await;
    let embedder = providers(&server.url(), "http://127.0.0.1:9").embedder();
    let texts = ["the cat sat on the mat", "a cat on the mat", "prime numbers", " "].map(str::to_owned);
    let made = embedder.embed(Purpose::Document, &texts).await.unwrap();
    assert_eq!((made.version.model.as_str(), made.version.prefixes), ("nomic-embed-text", 1));
    assert_eq!(made.version.digest.len(), 64);
    assert_eq!(made.version, embedder.version().await.unwrap());
    assert_eq!(made.vectors[3], None, "an empty text has no vector");
    let vectors: Vec<&Vec<f32>> = made.vectors[..3].iter().map(|vector| vector.as_ref().unwrap()).collect();
    assert!(vectors.iter().all(|vector| vector.len() == DIMENSIONS));
    let near = |a: usize, b: usize| vectors[a].iter().zip(vectors[b]).map(|(x, y)| x * y).sum::<f32>();
    assert!(near(0, 1) > near(0, 2));
    let inputs = server.asked("/api/embed")[0].body["input"].clone();
    assert_eq!(inputs[0], "search_document: the cat sat on the mat");
    embedder.embed(Purpose::Query, &texts[..1]).await.unwrap();
    assert_eq!(server.asked("/api/embed")[1].body["input"][0], "search_query: the cat sat on the mat");
}

#[tokio::test]
async fn one_text_that_cannot_be_embedded_costs_only_itself() {
    let server = ollama::start().await;
    let embedder = providers(&server.url(), "http://127.0.0.1:9").embedder();
    let mut texts: Vec<String> = (0..50).map(|n| format!("text {n}")).collect();
    texts[17] = UNEMBEDDABLE.to_owned();
    let made = embedder.embed(Purpose::Document, &texts).await.unwrap();
    let without: Vec<usize> = (0..50).filter(|&at| made.vectors[at].is_none()).collect();
    assert_eq!(without, [17]);
    assert!(server.asked("/api/embed").len() < 16);
}

#[tokio::test]
async fn vectors_that_lie_are_not_taken() {
    let server = ollama::start().await;
    let embedder = providers(&server.url(), "http://127.0.0.1:9").embedder();
    let one = ["x".to_owned()];
    let mut nothing = vec![0.0_f32; DIMENSIONS];
    server.script("/api/embed", Reply::json(200, &json!({"embeddings": [nothing]})));
    assert_eq!(embedder.embed(Purpose::Query, &one).await.unwrap().vectors, [None]);
    nothing.truncate(384);
    server.script("/api/embed", Reply::json(200, &json!({"embeddings": [nothing]})));
    let problem = embedder.embed(Purpose::Query, &one).await.unwrap_err().to_string();
    assert!(problem.contains("vectors of 384 numbers, MemoryLoop needs 768"), "{problem}");
    for body in [json!({"embeddings": []}), json!({}), json!({"embeddings": [["NaN"]]})] {
        server.script("/api/embed", Reply::json(200, &body));
        let error = embedder.embed(Purpose::Query, &one).await.unwrap_err();
        assert!(matches!(error, LlmError::NotTheProtocol { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn without_the_embedding_model_it_is_named() {
    let server = ollama::start_with(Options { models: vec![LLAMA], ..Options::default() }).await;
    let embedder = providers(&server.url(), "http://127.0.0.1:9").embedder();
    let problem = embedder.embed(Purpose::Query, &["x".to_owned()]).await.unwrap_err().to_string();
    assert_eq!(
        problem,
        "Ollama does not have the model nomic-embed-text. Pull it in Settings, or choose another model."
    );
}
