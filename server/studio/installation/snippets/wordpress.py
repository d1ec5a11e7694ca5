"""WordPress: a must-use plugin that prints the tag first and marks what waits. Pure.

It uses what WordPress has since 6.4: all script elements of `wp_enqueue_script` go through the filter
`wp_script_attributes` (https://developer.wordpress.org/reference/hooks/wp_script_attributes/).
"""

from collections.abc import Mapping

from server.studio.installation.snippets.markup import comment, content_security_policy
from server.studio.installation.snippets.website import Website

_HEAD = """<?php
/**
 * Plugin Name: Samtykke
 * Description: The consent banner, and what waits for consent: %(website)s
 * Requires at least: 6.4
 */

defined( 'ABSPATH' ) || exit;

// First in <head>, before whatever the theme and other plugins print there.
add_action( 'wp_head', function () {
	wp_print_script_tag( array(
%(attributes)s
	) );
}, PHP_INT_MIN );
"""

_MARKING = """
/** The categories and the service that something at this address waits for; null: none. */
function samtykke_waits_for( $address ) {
	$waiting = array(
		// Host and path => categories, service.
%(places)s
	);
	$parts = wp_parse_url( (string) $address );
	$host  = strtolower( $parts['host'] ?? '' );
	foreach ( $waiting as $place => $marks ) {
		list( $name, $path ) = explode( '/', $place . '/', 2 );
		$here = '*' === $name[0] ? str_ends_with( $host, substr( $name, 1 ) ) : $host === $name;
		if ( $here && str_starts_with( $parts['path'] ?? '/', '/' . rtrim( $path, '/' ) ) ) {
			return $marks;
		}
	}
	return null;
}

// Scripts of themes and plugins.
add_filter( 'wp_script_attributes', function ( $attributes ) {
	$marks = samtykke_waits_for( $attributes['src'] ?? '' );
	if ( ! $marks ) {
		return $attributes;
	}
	if ( 'module' === ( $attributes['type'] ?? '' ) ) {
		$attributes['data-consent-type'] = 'module';
	}
	return array( 'type' => 'text/plain' ) + array_filter( $marks ) + $attributes;
} );

// What is printed after such a script, and needs it.
add_filter( 'wp_inline_script_attributes', function ( $attributes ) {
	$id     = (string) ( $attributes['id'] ?? '' );
	$script = str_ends_with( $id, '-js-after' ) ? wp_scripts()->query( substr( $id, 0, -9 ) ) : null;
	$marks  = $script ? samtykke_waits_for( $script->src ) : null;
	return $marks ? array( 'type' => 'text/plain' ) + array_filter( $marks ) + $attributes : $attributes;
} );

// Embedded videos, maps and posts: a placeholder takes their place.
function samtykke_hold_frames( $html ) {
	$tags = new WP_HTML_Tag_Processor( (string) $html );
	while ( $tags->next_tag( 'iframe' ) ) {
		$address = $tags->get_attribute( 'src' );
		$marks   = samtykke_waits_for( $address );
		if ( $marks ) {
			foreach ( array_filter( $marks ) + array( 'data-consent-src' => $address ) as $name => $value ) {
				$tags->set_attribute( $name, $value );
			}
			$tags->remove_attribute( 'src' );
		}
	}
	return $tags->get_updated_html();
}
foreach ( array( 'the_content', 'embed_oembed_html', 'widget_text', 'widget_block_content' ) as $hook ) {
	add_filter( $hook, 'samtykke_hold_frames', PHP_INT_MAX );
}
"""


def snippets(website: Website) -> Mapping[str, str]:
    """The file of the plugin."""
    return {"plugin": _plugin(website), "csp": content_security_policy(website)}


def _plugin(website: Website) -> str:
    attributes = {"src": website.address}
    if website.integrity:
        attributes |= {"integrity": website.integrity, "crossorigin": "anonymous"}
    # What Cloudflare, LiteSpeed and WP Rocket understand as "leave this script where it is".
    attributes |= {"data-cfasync": "false", "data-no-optimize": "1", "nowprocket": "1"}
    lines = (f"\t\t{_string(name)} => {_string(value)}," for name, value in attributes.items())
    head = _HEAD % {"website": comment(website.key), "attributes": "\n".join(lines)}
    places = "\n".join(
        f"\t\t{_string(place)} => array( 'data-consent' => {_string(categories)},"
        f" 'data-consent-service' => {_string(service)} ),"
        for place, (categories, service) in website.places.items()
    )
    return head + (_MARKING % {"places": places} if places else "")


def _string(text: str) -> str:
    """A string of PHP in single quotes, in which nothing else has a meaning."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
